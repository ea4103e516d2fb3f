"""The models. Each reads like the algorithm it comes from; expected.toml says what every engine must find."""
