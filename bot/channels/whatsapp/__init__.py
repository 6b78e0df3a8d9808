"""WhatsApp by Twilio: what comes in by signed webhooks, what goes out through the Messages API.

The Twilio client is imported at the first request only: importing it takes longer than starting the service should.
"""
