package room

// Cause is what lies behind that something does not work: a code, for pages to say in the language of the room, and what
// it is about. The zero Cause: nothing is known beyond the fault.
type Cause struct {
	Code CauseCode `json:"code"`
	// About is the name of a device, the address of a server, or a device file; empty: the code says all.
	About string `json:"about,omitempty"`
}

// CauseCode says what a Cause is. Every one has its sentence in the pages' catalogues (web/shared/strings).
type CauseCode string

// The causes.
const (
	// Of cameras and microphones. About is the device's name.
	CauseNotThere      CauseCode = "not-there"      // it is not connected
	CauseDeviceFailed  CauseCode = "device-failed"  // it could not be opened, hangs, or gives nothing any more
	CauseCommandEnded  CauseCode = "command-ended"  // the configured command could not be started, or ended
	CauseCommandOutput CauseCode = "command-output" // its output is not what was agreed
	CauseEncoder       CauseCode = "encoder"        // the encoder refused
	CauseCapture       CauseCode = "capture"        // the capture program could not be started, or was stopped
	CauseUnprotected   CauseCode = "unprotected"    // it could not be confined, and captures nothing

	// Of the hub. About is its address.
	CauseHubNameUnknown CauseCode = "hub-name-unknown" // its name was not found
	CauseHubNotRunning  CauseCode = "hub-not-running"  // nothing listens at the address
	CauseHubExpired     CauseCode = "hub-expired"      // its certificate does not hold at this time
	CauseHubAuthority   CauseCode = "hub-authority"    // its certificate is not from an authority that the room trusts
	CauseHubOtherName   CauseCode = "hub-other-name"   // its certificate is for another name
	CauseHubNotTLS      CauseCode = "hub-not-tls"      // what answers does not speak TLS
	CauseHubSilent      CauseCode = "hub-silent"       // no answer, or not in time
	CauseHubBroke       CauseCode = "hub-broke"        // the connection was broken off
	CauseHubOther       CauseCode = "hub-other"        // what answers is no hub: a proxy, for example
	CauseClockBehind    CauseCode = "clock-behind"     // the room's clock, for the hub's
	CauseClockAhead     CauseCode = "clock-ahead"

	// Of what is told what to do. About is the port, the device file or the address.
	CausePortGone      CauseCode = "port-gone"      // the serial port is not there
	CausePortInUse     CauseCode = "port-in-use"    // another program has it open
	CausePortForbidden CauseCode = "port-forbidden" // the daemon may not open it
	CauseNoPort        CauseCode = "no-port"        // the file is no serial port
	CauseSilent        CauseCode = "silent"         // it does not answer
	CauseStrange       CauseCode = "strange"        // it answers what nobody understands
	CausePassword      CauseCode = "password"       // it wants another password
	CauseNoCEC         CauseCode = "no-cec"         // no display speaks CEC

	CauseOther CauseCode = "other" // the room's log, and greenroomctl, say what
)

// fit makes a cause fit to be shown.
func (c Cause) fit() Cause { return Cause{Code: c.Code, About: cleanName(c.About)} }
