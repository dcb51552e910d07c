-- CloseRaw: ends the cursor of raw events.
close raw
