package config

import (
	"bytes"
	"fmt"

	"greenroom/keystore"
)

// FileOptions returns how to open the file keystore, with the secret that credential (systemd.Credential) returns for the
// configured name. The caller wipes the secrets after OpenFile. A secret that can't be had is a *keystore.Error of the
// kind ErrNoSecret, like every other fault of a keystore: it may be there at the next try.
func (k Keystore) FileOptions(credential func(name string) ([]byte, error)) (keystore.FileOptions, error) {
	var options keystore.FileOptions
	name, secret := "", (*[]byte)(nil)
	switch k.Protection {
	case ProtectionNone:
		return keystore.FileOptions{Unprotected: true}, nil
	case ProtectionCredential:
		name, secret = k.Credential, &options.Credential
	case ProtectionPassphrase:
		name, secret = k.Passphrase, &options.Passphrase
	default:
		return options, fmt.Errorf("keystore.protection is %q: it can be credential, passphrase, none", k.Protection)
	}
	read, err := credential(name)
	if err != nil {
		return options, &keystore.Error{
			Kind: keystore.ErrNoSecret, Op: "read", Path: "credential " + name, Err: err,
			Do: "Give the service the credential " + name + ", or change keystore.protection in the configuration.",
		}
	}
	if k.Protection == ProtectionPassphrase {
		read = bytes.TrimRight(read, "\r\n")
	}
	*secret = read
	return options, nil
}
