"""Ways to reach a customer: one module per channel behind one small protocol (`bot.channels.protocol`)."""
