"""What ``bench_celery`` is made of: our side, Celery's side, and the table."""
