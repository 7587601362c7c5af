def track_pin(page):
    return True
