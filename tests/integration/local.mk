# whole programs against whole servers
