"""Measurements that can be repeated: ``python -m benchmarks [NAME...]``. Quote ratios, not figures."""
