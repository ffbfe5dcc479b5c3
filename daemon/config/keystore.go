package config

import (
	"bytes"
	"fmt"

	"greenroom/keystore"
)

// Options returns how to open the file keystore, with the secret that credential (systemd.Credential) returns for the
// configured name. The caller wipes the secrets after OpenFile.
func (k Keystore) Options(credential func(name string) ([]byte, error)) (keystore.FileOptions, error) {
	switch k.Protection {
	case ProtectionNone:
		return keystore.FileOptions{Unprotected: true}, nil
	case ProtectionCredential:
		secret, err := credential(k.Credential)
		if err != nil {
			return keystore.FileOptions{}, fmt.Errorf("keystore.protection is credential: %w", err)
		}
		return keystore.FileOptions{Credential: secret}, nil
	case ProtectionPassphrase:
		secret, err := credential(k.Passphrase)
		if err != nil {
			return keystore.FileOptions{}, fmt.Errorf("keystore.protection is passphrase: %w", err)
		}
		return keystore.FileOptions{Passphrase: bytes.TrimRight(secret, "\r\n")}, nil
	}
	return keystore.FileOptions{}, fmt.Errorf("keystore.protection is %q: it can be credential, passphrase, none", k.Protection)
}
