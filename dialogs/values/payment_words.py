"""How people name payment methods; the names on the left are those of the fact `payment_method`."""

PAYMENT_WORDS: dict[str, str] = {
    "upi": (
        "upi, u p i, vpa, gpay, g pay, google pay, googlepay, gp, phonepe, phone pe, phonepay, fonepay, "
        "bhim, bhim upi, amazon pay upi, upi id, upi payment, paytm upi, cred upi, qr code, qr, "
        "scan and pay, यूपीआई, यूपीआइ, गूगल पे, फोनपे, फोन पे, भीम, पेटीएम यूपीआई, क्यूआर कोड"
    ),
    "credit_card": (
        "credit card, creditcard, credit crd, cc, visa credit card, amex, american express, "
        "rupay credit card, mastercard credit, diners, क्रेडिट कार्ड, क्रेडिटकार्ड"
    ),
    "debit_card": (
        "debit card, debitcard, dc, atm card, debit crd, visa debit card, rupay debit card, dabit card, "
        "डेबिट कार्ड, डेबिटकार्ड, एटीएम कार्ड"
    ),
    "net_banking": (
        "net banking, netbanking, net bank, internet banking, online banking, netbnking, inb, "
        "नेट बैंकिंग, नेटबैंकिंग, इंटरनेट बैंकिंग"
    ),
    "wallet": (
        "wallet, walet, vallet, paytm wallet, mobikwik, freecharge, amazon pay, amazon pay balance, "
        "amazonpay, ola money, phonepe wallet, e wallet, ewallet, paytm balance, airtel money, jio money, "
        "वॉलेट, वालेट, पेटीएम वॉलेट, मोबिक्विक"
    ),
    "neft": ("neft, n e f t, nft transfer, neft transfer, एनईएफटी"),
    "rtgs": ("rtgs, r t g s, rtgs transfer, आरटीजीएस"),
    "imps": ("imps, i m p s, imps transfer, आईएमपीएस"),
    "emi": (
        "emi, no cost emi, nocost emi, e m i, kist, kisht, kiston, instalments, installments, "
        "bajaj finserv, bajaj finance, ईएमआई, किस्त, किस्तों"
    ),
    "cash": ("cash, cod, c o d, cash on delivery, nakad, nagad, naqad, कैश, नकद, कैश ऑन डिलीवरी, सीओडी"),
    "pinelabs": (
        "pinelabs, pine labs, pine lab, pinelab, p!ne labs, p!nelabs, p!ne lab, pineleb, pine leb, "
        "plural, पाइनलैब्स, पाइन लैब्स"
    ),
}

UNCLEAR_WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "card": ("credit_card", ("debit_card",)),
    "visa": ("credit_card", ("debit_card",)),
    "visa card": ("credit_card", ("debit_card",)),
    "master card": ("credit_card", ("debit_card",)),
    "mastercard": ("credit_card", ("debit_card",)),
    "rupay": ("debit_card", ("credit_card",)),
    "rupay card": ("debit_card", ("credit_card",)),
    "कार्ड": ("credit_card", ("debit_card",)),
    "paytm": ("upi", ("wallet",)),
    "पेटीएम": ("upi", ("wallet",)),
}
"""Words that leave the method open: the likelier one, and the others it may be."""

NOT_A_METHOD = (
    "gift card, sim card, visiting card, id card, pan card, aadhaar card, aadhar card, adhar card, "
    "business card, memory card, graphics card, sd card, voter card, job card, report card, warranty "
    "card, card reader, credit note, cash back, cashback, visa application, one card"
)
"""Phrases in which such a word names something else."""
