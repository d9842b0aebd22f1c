value = (
