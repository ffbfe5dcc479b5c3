// Package systemd is how Greenroom's programs talk to the service manager: they say when they are ready and alive
// (Notifier), and read the secrets that systemd hands them (Credential). The unit files are in units/.
//
// # Notifications
//
// The units have Type=notify and WatchdogSec. A program sends Ready once it does its work, then Alive at least every
// WatchdogEvery, and Stopping when it ends. Alive must come from the loop that does the work and from nowhere else: the
// watchdog is there to notice that this loop hangs, and a timer beside it would go on saying that all is well.
//
// Outside systemd (make demo, tests) there is nobody to tell, and every method does nothing and succeeds.
//
// # Credentials
//
// A unit's LoadCredential or LoadCredentialEncrypted puts a file into a folder that only the service can read, in memory
// that is never swapped; $CREDENTIALS_DIRECTORY names the folder. Secrets come in this way and never by environment
// variable or command line, which other processes can see.
//
// # Units
//
//	greenroomd.service               the room; user greenroom
//	greenroom-keystore-key.service   makes the room's keystore credential at the first start
//	greenroom-kiosk.service          cage and Chromium with the screen page; user greenroom-kiosk
//	greenroom-kiosk                  what the kiosk unit runs; /usr/lib/greenroom/greenroom-kiosk
//	greenroom-sound.service          PipeWire, with what takes the echo away; user greenroom-sound. The other two are
//	greenroom-sound-policy.service   WirePlumber, and
//	greenroom-sound-programs.service the socket for programs
//	pipewire/pipewire.conf.d/        the echo canceller
//	greenroom-hub.service            the organisation's server; user greenroom-hub
//	greenroom-hub.yaml               an example of /etc/greenroom-hub/greenroom-hub.yaml, from provisioning/hub/config
//	sysusers.d/, tmpfiles.d/         the users, groups and folders that the units need
//	udev/rules.d/                    gives the room the buttons of speakerphones
//	pam.d/                           the kiosk's session
//	greenroomd.yaml                  an example of /etc/greenroom/greenroomd.yaml, written by daemon/config
//
// The tests hold the units to `systemd-analyze security` and `systemd-analyze verify`, and hold every line that is not
// obvious to a comment.
package systemd
