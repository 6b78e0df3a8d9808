"""Hindi words as they are typed in Roman letters, each in its common spellings."""

from dialogs.values.text import word_set

HINGLISH_WORDS = word_set(
    """
    hai hain hei haii hu hoon hoga hogi honge hota hoti hote hua hui huwa hona tha thi thhe thaa nahi nahin
    nhi nai nahii kya kyu kyun kyon kyoon kaise kese kaisa kaisi kab kaha kahan kidhar kaun kon kaunsa konsa
    kaunsi konsi kitna kitne kitni kisko kiska kiske kiski kisne kyuki kyunki kyonki lekin magar agar warna
    varna phir fir abhi abi jaldi turant sirf bas zyada jyada thoda thodi thode bahut bohot bhot bohat kuch
    kuchh kuchch sab sabhi saara saari poora pura puri aadha adha dusra dusri dusre doosra pehle pahle phle
    pehla pehli baad wapas vapas wapis vapis waapas wapsi vapsi lauta lautao lautana lautado laut mera meri
    mere merko mujhe muje mujhko mujko hum hume hamein humko hamara hamari hamare humara humari humare aap
    aapka aapki aapke aapko aapne apka apki apke apko apne apna apni tum tumhara tumhari tumko tujhe tera
    teri tere unka unki unke unko usne usko uska uski uske usme usse isko iska iski iske isme isse inka inki
    inko ye yeh yah wo woh voh wahi yahi vahi jiska jisko jisme aur bhi hee ko ka ki ke se mein tak taak
    liye liya liyaa diya diyaa dena dene dedo dijiye dijie deejiye dunga dungi denge dega degi doge dogi
    milega milegi milenge mila mili milta milti milna milne mil karo kro karna krna karne krne karke krke
    kar kr karta karti karte kiya kiye kijiye kijie karunga karungi karenge karega karegi kardo krdo karwana
    karwa karwao karana karao hogaya hogya hogayi hogyi gaya gya gayi gyi gaye gye gayaa jana jane jata jati
    jate jaye jaega jayega jaayega jayegi raha rha rahi rhi rahe rhe aaya aya aayi ayi aaye aana aane aata
    aati aate aayega ayega aayegi aaega aarha bata batao bataiye bataye batana bataen bolo bola boli bolna
    bolte bol bhej bhejo bheja bheji bheju bhejna bhejunga bhejenge bhejdo bhejiye dekho dekha dekhna
    dekhiye dikha dikhao dikhana samajh samjhao samajhna samjha chahiye chaiye chahie chaahiye chahta chahti
    chahte sakta sakti sakte skta skti skte sakenge pata pta malum maloom paisa paise pese paisey paiso
    rupaye rupay rupaiye rupiye khata khate khaata kharab kharaab khrab toota tuta tooti tuti phata khula
    khola kholna khali galat galti galtiyan sahi theek thik teek thk acha achha accha achchha bura bekar
    bakwas dhokha dhoka dhokebaaz chor chori loota jhooth jhuth jhut jhutha sach sacchi naya nayi naye
    purana purani purane achi ghatiya ghatia paagal kaat kata kaata katega kaatna katna udd udgaya gayab
    lagega lagegi lagenge lagta lagti lagte laga lagi lage lagana rakhna rakho rakha rok roko rokna ruk ruko
    bandh chalu shuru khatam khatm khatma samay waqt din dino mahina mahine mahino hafta hafte saal ghante
    ghanta ghanto subah dopahar shaam sham raat kal aaj parso parson roz abtak dukaan dukan saamaan saman
    samaan cheez chiz chij maal dabba dibba kagaz kaagaz kharida kharidi kharidna khareeda becha bechna
    kharch kharcha kimat keemat daam muft chhut shikayat shikaayat baat baatein karwaiye insaan insan aadmi
    admi bande banda logo bhai bhaiya bhaisahab yaar yar didi behen sahab saheb maalik malik kripya kripa
    krupya dhanyavad dhanyawad shukriya shukria namaste namaskar namaskaar pranam haan haanji hanji naa
    matlab mtlb isliye esliye ispe uspe waise vaise aise aisa aisi jaise jaisa jaisi wala wali wale vala
    vali vale wagairah sath saath bina lekr leke lekar deke dekar hokar jakar aakar khud apan jhagda suljhao
    mana mangna manga maanga mangwa mangwaya bharna bhara bhar chuka chuki chuke chala chal chali chalti
    chalta chalao chalega banao banaya bana banega bante baar dono chaar paanch panch chhe saat nau bees
    pachas sau hazar hazaar rehne rahne rehna chhodo chodo chhod hatao hata badlo badal badla badalna
    badlega badlwana naam pehchan kisi koi kabhi kbhi hamesha zarurat jarurat zaroor jarur jaroor bilkul
    kripaya bhasha mai maine mene meine tumne humne unhone inhone kuchbhi sabkuch karwado dilwao dilwado
    dila dilao samjhe suno suniye sunna pareshan paresan dikkat samasya mushkil asani aasan narso tarso nhin
    kyaa hmara hoyega milgaya mlega mlta kidr aapse hamse humse mujhse jabki halanki shayad bht mat pe aage
    karni krni krwana krwa radd faltu gandi ganda gande farzi farji sunao jaunga jaungi badhao bharo halat
    ghumate walo sunta krdena dedijiye dedena chahe radh nikla nikli nikle toh ab mangta mangte likha likhi
    likhe likho kahi yahan yaha vaha wahan udhar idhar itna itne itni utna jitna kam kaam kamm padta padega
    padegi padi pada khush naraz bewakoof ullu kaminey harami saala sala kutte pagal gussa thagi
    thag lutera lootere thaga bheekh jawab javab uttar sawal intezar intzar aasha umeed jankari jaankari
    madad sahayata suvidha niyam shart sharte wajah vajah karan
    """
)
"""Spellings that are no English word: left out are "to", "me", "is", "hi", "so", "main", "teen", "band", "lakh"."""

TELLS_NOTHING = word_set(
    """
    ok okay k kk y n yes no hi hii hello hey hmm hm thanks thanku thankyou thank you thx ty please pls plz
    sir mam madam maam bro dear stop start help menu refund cancel confirm upi gpay phonepe paytm neft rtgs
    imps emi cod card wallet otp id yup yep done fine good great welcome bye sorry ji na haha lol order
    status payment number invoice pdf photo video
    """
)
"""Words that people of every language type; alone they keep the language of the talk."""
