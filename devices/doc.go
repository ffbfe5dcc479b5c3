// Package devices holds no code: its folders know the hardware of a room, one package a kind of thing or wire
// protocol.
//
//	camera   which cameras the kernel has, by name and by where they are plugged in
//	audio    which sound cards can record
//	hotplug  what the kernel says of devices that come and go
//	serial   serial ports; phrase is the notation of bytes in tables, serialtest stands for the other end
//	visca    cameras that turn, by Sony's protocol over RS-232
//	hid      buttons and lights of USB devices; speakerphone knows which of them mute
//	display  displays: by tables of their makers' commands, PJLink, and HDMI-CEC
//	controls the room's own buttons, which send bytes and await an answer
//
// Everything under it is pure Go. Cameras and microphones are not opened here: capturing is the business of media/capture.
package devices
