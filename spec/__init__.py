"""The models. Each reads like the algorithm it comes from; the expected.toml beside it says what every engine must
find."""
