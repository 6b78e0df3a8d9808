"""The tables' history, one file per change, run by `refund-desk migrate`."""
