"""From the stream of heads to views and the feed: nothing here decides anything."""
