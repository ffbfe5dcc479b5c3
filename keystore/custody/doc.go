// Package custody decides in which backend a device's identity is: it joins the backends of keystore, the file and the
// TPM, to the one Store that a device has.
//
// # Choice
//
// With the backend "auto" the folder decides: an identity that is there stays where it is. Only a folder that never held
// one leaves a choice, and then the TPM is taken if it works:
//
//	the folder holds     auto            tpm             file
//	nothing              TPM if it       TPM, or         file
//	                     works,          an error
//	                     else a file
//	a TPM identity       TPM             TPM             ErrOtherBackend
//	a file identity      file            ErrOtherBackend file
//
// So a device whose identity was in its TPM never falls back to a file, whatever became of the TPM. A TPM that is busy or
// locked at the very first start may work a minute later: that is an error, and no reason to choose the file for good.
package custody
