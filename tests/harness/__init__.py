"""Starts, kills and watches the broker under test, and compiles and runs the Java side of tests."""
