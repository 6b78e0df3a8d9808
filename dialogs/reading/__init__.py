"""Reading a message: its language, what is wanted, which clause it asks about, and the values in it."""
