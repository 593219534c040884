echo "one test failed"
exit 3
