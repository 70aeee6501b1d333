# thin programs on the public headers
