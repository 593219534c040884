echo "ok | 1 passed | 0 failed"
