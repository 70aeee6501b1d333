# libvaultcrypt-kafka
