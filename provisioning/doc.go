// Package provisioning is where a room gets from its organisation what it cannot know by itself: that it belongs, what
// it is called, what its policy is and which version it should run.
//
// So far there is the organisation's side, package hub below this one. The room's side (enrolment, certificates, policy,
// updates) comes here with enrolment; until then rooms are listed, by identity key, in the hub's configuration file.
package provisioning
