The page is pinned by get_user_pages() and writeback must wait.
