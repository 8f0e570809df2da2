"""Heavy work that falls into pieces, on the processes of this machine or on many machines: keys in, Parquet out."""
