package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The network that a machine and this side share: a tap device in a network namespace of the test's own. Both sides have
// real addresses and real UDP, and nobody else is there.
const (
	MachineHere  = "10.88.0.1"
	MachineThere = "10.88.0.2"
	MachineTap   = "greenroom0"
)

// Machine is a virtual machine with Debian's own kernel, and so with the devices that a container has not: cameras and HDMI
// (vivid), sound cards (snd-aloop), serial ports, and a TPM (tpm_crb) if the room has one. Its processor is emulated, which is
// some ten times slower than a real one. It is made by .ci/machine; the disk is put back at each start.
//
//	this side, 10.88.0.1                       there, 10.88.0.2
//	LiveKit, hub, a room, Chromium  <--tap-->  agent, a room with its capture processes
//	Room's socket                   <-- 7001 -->  greenroomd's socket
//	swtpm, with the room's state    <-- tpm  -->  /dev/tpmrm0
//	whoever dials DisplayPort       <--serial-->  /dev/ttyS1
//	whoever dials CameraPort        <-- USB  -->  /dev/ttyUSB0, until it is unplugged
type Machine struct {
	process  *Process
	tpm      *Process // nil: none
	monitor  *monitor
	dir      string
	commands *http.Client
	forward  net.Listener
	forwards sync.WaitGroup
}

// StartMachine starts a machine that has a room's folder and the lab's programs, at the same paths as here, and returns
// when it takes commands. From then on the room's socket here leads to the one there.
func (l *Lab) StartMachine(ctx context.Context, r *Room) (*Machine, error) {
	vm := filepath.Join(l.Root, ".vm")
	if _, err := os.Stat(filepath.Join(vm, "stamp")); err != nil {
		return nil, errors.New("the virtual machine is not made: run .ci/machine first")
	}
	qemu := filepath.Join(vm, "qemu")
	m := &Machine{commands: &http.Client{}, dir: r.dir}
	tpm, err := m.startTPM(l, r)
	if err != nil {
		return nil, err
	}
	p, err := startProcess(l.Dir, "machine", []string{"QEMU_MODULE_DIR=" + filepath.Join(qemu, "usr/lib/x86_64-linux-gnu/qemu")},
		filepath.Join(qemu, "usr/lib64/ld-linux-x86-64.so.2"), append(m.arguments(l, vm), tpm...)...)
	if err != nil {
		m.stopTPM()
		return nil, err
	}
	m.process = p
	if err := p.poll(ctx, func() bool {
		_, err := m.Run(ctx, "true")
		return err == nil
	}); err != nil {
		p.Kill()
		m.stopTPM()
		return nil, err
	}
	if m.monitor, err = openMonitor(m.monitorSocket()); err != nil {
		p.Kill()
		m.stopTPM()
		return nil, fmt.Errorf("the machine's controls: %w", err)
	}
	if m.forward, err = net.Listen("unix", r.Socket()); err != nil {
		p.Kill()
		m.stopTPM()
		return nil, fmt.Errorf("the room's socket on this side: %w", err)
	}
	m.forwards.Go(m.connect)
	r.connect()
	return m, nil
}

// arguments are qemu's, but for the TPM's, behind the dynamic loader's own.
func (m *Machine) arguments(l *Lab, vm string) []string {
	qemu := filepath.Join(vm, "qemu")
	share := func(tag, path, more string) string {
		return "local,path=" + path + ",mount_tag=" + tag + ",security_model=none,multidevs=remap" + more
	}
	return []string{
		"--library-path", filepath.Join(qemu, "usr/lib/x86_64-linux-gnu"), filepath.Join(qemu, "usr/bin/qemu-system-x86_64"),
		"-L", filepath.Join(qemu, "usr/share/qemu"), "-L", filepath.Join(qemu, "usr/share/seabios"),
		"-nodefaults", "-display", "none", "-machine", "q35", "-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max,la57=off,svm=off",
		"-smp", "2", "-m", "1024", "-no-reboot", "-serial", "stdio",
		"-kernel", filepath.Join(vm, "kernel"), "-initrd", filepath.Join(vm, "first.gz"),
		"-append", "console=ttyS0 quiet panic=-1 net.ifnames=0 systemd.show_status=0 lab.bin=" + l.bin + " lab.room=" + m.dir,
		"-drive", "file=" + filepath.Join(vm, "disk") + ",format=raw,if=virtio,snapshot=on",
		"-nic", "tap,ifname=" + MachineTap + ",script=no,downscript=no,model=virtio-net-pci",
		"-virtfs", share("bin", l.bin, ",readonly=on"), "-virtfs", share("room", m.dir, ",readonly=on"),
		"-qmp", "unix:" + m.monitorSocket() + ",server=on,wait=off",
		"-chardev", "socket,id=display,server=on,wait=off,path=" + m.DisplayPort(), "-serial", "chardev:display",
		"-chardev", "socket,id=camera,server=on,wait=off,path=" + m.CameraPort(), "-device", "qemu-xhci,id=usb",
		"-device", "usb-serial,id=" + usbCamera + ",serial=camera,chardev=camera,bus=usb.0",
	}
}

// scriptPatience is how long a script may take. Nothing there is fast.
const scriptPatience = 4 * time.Minute

// Run runs a shell script there as root, and returns what it printed. A script that fails is an error with its output.
func (m *Machine) Run(ctx context.Context, script string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, scriptPatience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+net.JoinHostPort(MachineThere, "7000"), strings.NewReader(script))
	if err != nil {
		return "", err
	}
	answer, err := m.commands.Do(q)
	if err != nil {
		return "", fmt.Errorf("the virtual machine: %w", err)
	}
	defer answer.Body.Close()
	var a struct{ Output, Error string }
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		return "", fmt.Errorf("the virtual machine: %w", err)
	}
	if a.Error != "" {
		return a.Output, fmt.Errorf("in the virtual machine: %s: %s", a.Error, bytes.TrimSpace([]byte(a.Output)))
	}
	return a.Output, nil
}

// connect leads connections to the room's socket here to the one there.
func (m *Machine) connect() {
	for {
		here, err := m.forward.Accept()
		if err != nil {
			return // stopped
		}
		there, err := net.Dial("tcp", net.JoinHostPort(MachineThere, "7001"))
		if err != nil {
			_ = here.Close()
			continue
		}
		end := sync.OnceFunc(func() { _ = here.Close(); _ = there.Close() })
		pass := func(to io.Writer, from io.Reader) {
			defer end()
			_, _ = io.Copy(to, from)
		}
		m.forwards.Go(func() { pass(there, here) })
		m.forwards.Go(func() { pass(here, there) })
	}
}

// Stop switches the machine off.
func (m *Machine) Stop() {
	_ = m.forward.Close()
	_ = m.monitor.conn.Close()
	m.process.Kill()
	m.stopTPM()
	m.commands.CloseIdleConnections()
	m.forwards.Wait()
}

// usbCamera is the camera's serial port among the machine's devices.
const usbCamera = "usb-camera"

// CameraPort is the unix socket of what is at the other end of the serial port on USB.
func (m *Machine) CameraPort() string { return filepath.Join(m.dir, "camera.sock") }

// DisplayPort is the unix socket of what is at the other end of the second serial port.
func (m *Machine) DisplayPort() string { return filepath.Join(m.dir, "display.sock") }

func (m *Machine) monitorSocket() string { return filepath.Join(m.dir, "monitor.sock") }

// UnplugCameraPort takes the serial port on USB away.
func (m *Machine) UnplugCameraPort(ctx context.Context) error {
	return m.monitor.unplug(ctx, usbCamera)
}

// PlugCameraPort puts it back.
func (m *Machine) PlugCameraPort(ctx context.Context) error {
	return m.monitor.do(ctx, "device_add", map[string]any{"driver": "usb-serial", "id": usbCamera, "serial": "camera", "chardev": "camera", "bus": "usb.0"})
}

// startTPM starts the TPM of a room that has one, with the state that it had on this side, where the room's identity was made.
// It returns what the machine is to be told of it.
func (m *Machine) startTPM(l *Lab, r *Room) (args []string, err error) {
	if !r.Spec.TPM {
		return nil, nil
	}
	r.KillTPM()
	control := filepath.Join(m.dir, "tpm-control.sock")
	m.tpm, err = startProcess(l.Dir, r.name()+"-tpm", nil, "swtpm", "socket", "--tpm2",
		"--tpmstate", "dir="+filepath.Join(m.dir, "tpm"), "--ctrl", "type=unixio,path="+control)
	if err != nil {
		return nil, err
	}
	listens := func() bool {
		_, err := os.Stat(control)
		return err == nil
	}
	if err := m.tpm.poll(context.Background(), listens); err != nil {
		m.stopTPM()
		return nil, err
	}
	return []string{"-chardev", "socket,id=tpm,path=" + control, "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0"}, nil
}

func (m *Machine) stopTPM() {
	if m.tpm != nil {
		m.tpm.Kill()
	}
}
