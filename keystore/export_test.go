package keystore

// OpenCheaply opens a store whose passphrase costs little to guess: for tests that open hundreds.
func OpenCheaply(dir string, opts FileOptions) (Store, error) {
	s, err := openFile(dir, opts, internals{cost: cheap()})
	if err != nil {
		return nil, err
	}
	return s, nil
}
