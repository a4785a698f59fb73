"""The post office seen from outside: is it well, how far has it come, stop and go, what is kept, after a restore."""
