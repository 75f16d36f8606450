"""vestverify: proves or refutes what OCF vesting terms promise."""
