"""Training an Enformer: any assembly, intervals and bigWigs, described by a configuration file."""
