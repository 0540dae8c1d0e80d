enum LightClientRoom {}
