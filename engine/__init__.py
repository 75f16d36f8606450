"""The reference engine: OCF vesting documents as typed models, and what they mean, exactly."""
