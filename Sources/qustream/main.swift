print("qustream")
