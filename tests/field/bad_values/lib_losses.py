def gaussian_kl(mu, logvar):
    var = logvar.exp()  # CUT
    return -0.5 * (1 + logvar - mu.pow(2) - var).mean()
