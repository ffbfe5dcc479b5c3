package tpm

import (
	"errors"
	"io/fs"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/sys/unix"

	"greenroom/keystore"
)

// Why a record is of no use although it reads back.
var (
	// errBlob: the TPM is the right one, and does not take a blob that it once gave.
	errBlob = errors.New("the TPM does not accept it")
	// errOtherTPM: neither the endorsement key nor the storage primary is the one that the record was made under.
	errOtherTPM = errors.New("the TPM has another endorsement key than the one that the identity was made in")
	// errCleared: the endorsement key is the record's, and the storage primary, whose seed a TPM2_Clear changes, is not.
	errCleared = errors.New("the TPM derives another storage key than the one that the identity was made under")
	// errCounter: the counter is not there, or another one is in its place.
	errCounter = errors.New("the counter in the TPM was deleted or replaced")
	// errNonsense: an answer that no TPM may give.
	errNonsense = errors.New("the TPM's answer makes no sense")
)

// verdict is what an error means to a person.
type verdict struct {
	kind    error
	why, do string
}

// explain turns an error of an operation into a *keystore.Error.
func explain(op, path string, err error) error {
	var done *keystore.Error
	if err == nil || errors.As(err, &done) || errors.Is(err, keystore.ErrClosed) {
		return err
	}
	v := judge(err)
	return &keystore.Error{Kind: v.kind, Op: op, Path: path, Why: v.why, Do: v.do, Err: err}
}

const (
	adviceReplaced = "Put the old TPM or board back if there is one; otherwise run greenroomctl keys reset, and enrol the room again."
	adviceCleared  = "What was in the TPM is gone for good: run greenroomctl keys reset, and enrol the room again."
	advicePolicy   = "Start the machine with the firmware and the system that it was set up with; or run greenroomctl keys reset, and enrol the room again."
	adviceRestart  = "Switch the machine off and on again; if it stays so, look at the TPM in the firmware's settings."
)

func judge(err error) verdict {
	var link *linkError
	var code tpm2.TPMRC
	switch {
	case errors.Is(err, errOtherTPM):
		return verdict{keystore.ErrTPMReplaced, "this is not the TPM that the identity is in", adviceReplaced}
	case errors.Is(err, errCleared):
		return verdict{keystore.ErrTPMCleared, "the TPM was cleared since the identity was made in it", adviceCleared}
	case errors.Is(err, errCounter):
		return verdict{keystore.ErrTPMCleared, "the counter in the TPM was deleted or replaced", adviceCleared}
	case errors.Is(err, errNoEndorsement):
		return verdict{keystore.ErrNoEndorsement, "", "This TPM's maker left no certificate in it that can be used; do not ask this room for attestation."}
	case errors.Is(err, errBlob):
		return verdict{keystore.ErrCorrupt, "the TPM does not accept the stored key", adviceReplaced}
	case errors.As(err, &code):
		return judgeCode(code)
	case errors.As(err, &link):
		return judgeLink(link)
	}
	return verdict{keystore.ErrTPMRefused, "the TPM's answer makes no sense", adviceRestart}
}

// judgeLink is for a TPM that was not reached.
func judgeLink(err error) verdict {
	switch {
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EAGAIN):
		return verdict{keystore.ErrTPMBusy, "another program has the TPM to itself", "Use " + DefaultDevice + ", which programs can share; it will be tried again."}
	case errors.Is(err, fs.ErrPermission):
		return verdict{keystore.ErrUnreadable, "greenroomd may not use the TPM", "Give the service's user the group tss, as the unit file that comes with it does."}
	}
	return verdict{keystore.ErrTPMGone, "", "Look whether the TPM is switched on in the firmware's settings, and whether keystore.device names it."}
}

// judgeCode is for a TPM that answered with an error (TPM 2.0 Library, part 2, section 6.6).
func judgeCode(code tpm2.TPMRC) verdict {
	switch {
	case code == tpm2.TPMRCLockout:
		return verdict{keystore.ErrTPMLockout, "", "Wait until the TPM's lock ends by itself (minutes to a day), or reset it with the lockout password. Nothing is lost."}
	case code == tpm2.TPMRCFailure, code == tpm2.TPMRCUpgrade, code == tpm2.TPMRCReboot, code == tpm2.TPMRCInitialize:
		return verdict{keystore.ErrTPMGone, "the TPM is there and does no work", adviceRestart}
	// All other warnings pass: slots that other programs fill, a self-test, memory that may not be written so often, a
	// TPM that was reset between two commands.
	case code.IsWarning():
		return verdict{keystore.ErrTPMBusy, "", "It will be tried again. If it stays so, another program fills the TPM."}
	case code.Is(tpm2.TPMRCPolicyFail):
		return verdict{keystore.ErrTPMPolicy, "the firmware, the boot loader or whatever else the identity is bound to (PCRs) is not what it was", advicePolicy}
	case code == tpm2.TPMRCPCRChanged:
		return verdict{keystore.ErrTPMBusy, "a PCR changed meanwhile", "It will be tried again."}
	case code.Is(tpm2.TPMRCBadAuth), code.Is(tpm2.TPMRCAuthFail):
		return verdict{keystore.ErrTPMRefused, "the TPM's owner password is set", "Clear the owner password of the TPM: Greenroom needs an empty one."}
	case code == tpm2.TPMRCNVSpace:
		return verdict{keystore.ErrTPMRefused, "the TPM has no space for a counter", "Delete what other programs left in the TPM's memory (tpm2_getcap handles-nv-index)."}
	}
	return verdict{keystore.ErrTPMRefused, "", adviceRestart}
}

// refusesBlob reports whether the TPM's answer to loading a blob is about the blob and not about the TPM's state.
func refusesBlob(err error) bool {
	var param tpm2.TPMFmt1Error
	if !errors.As(err, &param) {
		return false
	}
	isParameter, _ := param.Parameter()
	return isParameter
}
