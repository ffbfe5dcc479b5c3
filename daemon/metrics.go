package daemon

import (
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"greenroom/daemon/room"
)

// metrics serves what the room counts and how it is, in Prometheus' text format (version 0.0.4).
func (d *Daemon) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		roomCollector{d},
	)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		families, err := registry.Gather()
		if err != nil {
			d.log.Error("the metrics could not be gathered", "error", err)
			http.Error(w, "The metrics could not be gathered; the room's log says why.", http.StatusInternalServerError)
			return
		}
		format := expfmt.NewFormat(expfmt.TypeTextPlain)
		w.Header().Set("Content-Type", string(format))
		out := expfmt.NewEncoder(w, format)
		for _, f := range families {
			if err := out.Encode(f); err != nil {
				return // who asked is gone
			}
		}
	})
}

// roomCollector turns the room's State and counters into metrics when they are asked for.
type roomCollector struct{ d *Daemon }

// Describe tells of no metric beforehand: which labels there are depends on what the room does.
func (roomCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c roomCollector) Collect(out chan<- prometheus.Metric) {
	st := c.d.loop.State()
	st.Counters = c.d.counts.read()
	m := sampler{out}
	m.room(st)
	m.devices(st.Devices)
	m.equipment(st.Devices)
	for _, s := range st.Counters.Streams {
		m.stream(s)
	}
	m.relay(st.Counters.Relay)
	m.screen(st.Counters.Screen)
}

// sampler writes metrics. Label names and values alternate.
type sampler struct{ out chan<- prometheus.Metric }

func (m sampler) gauge(name, help string, v float64, labels ...string) {
	m.sample(prometheus.GaugeValue, name, help, v, labels)
}

func (m sampler) counter(name, help string, v uint64, labels ...string) {
	m.sample(prometheus.CounterValue, name+"_total", help, float64(v), labels)
}

func (m sampler) sample(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	m.out <- prometheus.MustNewConstMetric(prometheus.NewDesc("greenroom_"+name, help, names, nil), kind, v, values...)
}

func (m sampler) room(st room.State) {
	m.gauge("info", "The room's name and version, as labels.", 1, "room", plain(st.Room.Name), "version", plain(st.Room.Version))
	for _, p := range []room.Phase{room.PhaseStarting, room.PhaseIdle, room.PhaseJoining, room.PhaseMeeting, room.PhaseFault} {
		m.gauge("phase", "What the room is doing: 1 for the phase that it is in.", one(st.Phase == p), "phase", string(p))
	}
	m.gauge("hub_up", "Whether the hub answers.", one(st.Hub.State == room.HubUp))
	faults := map[string]float64{}
	for _, f := range st.Faults {
		faults[f.Code]++
	}
	for code, n := range faults {
		m.gauge("faults", "What is wrong, by the code that the screen shows.", n, "code", code)
	}
	if st.Meeting == nil {
		return
	}
	m.gauge("meeting_people", "Participants of the meeting, this room among them.", float64(len(st.Meeting.People)))
	m.gauge("meeting_epoch", "The epoch of the meeting's keys.", float64(st.Meeting.Encryption.Epoch))
	m.gauge("meeting_link_up", "Whether the relay is connected.", one(st.Meeting.Link.Up))
	for _, s := range []room.Shield{room.ShieldChecking, room.ShieldEncrypted, room.ShieldE2EE, room.ShieldVerified, room.ShieldNotSecure} {
		m.gauge("meeting_shield", "How the meeting is encrypted: 1 for the shield that is shown.", one(st.Meeting.Encryption.Shield == s), "shield", string(s))
	}
}

func (m sampler) devices(all room.Devices) {
	for name, d := range map[string]room.Device{"camera": all.Camera, "microphone": all.Microphone, "content": all.Content} {
		for _, s := range []room.DeviceState{room.DeviceNone, room.DeviceAbsent, room.DeviceReady, room.DeviceStarting, room.DeviceRunning, room.DeviceFailed} {
			m.gauge("device_state", "How a device is: 1 for the state that it is in.", one(d.State == s), "device", name, "state", string(s))
		}
		m.gauge("device_on", "Whether the people in the room want it on.", one(d.On), "device", name)
		m.gauge("device_tries", "How often it was started again since it was lost.", float64(d.Tries), "device", name)
		if !d.Since.IsZero() {
			m.gauge("device_since_seconds", "Since when it is in its state, in Unix time.", float64(d.Since.UnixMilli())/1000, "device", name)
		}
	}
}

// equipment tells how what stands in the room answers.
func (m sampler) equipment(all room.Devices) {
	lines := map[string]room.Line{}
	if all.Head != nil {
		lines["head"] = all.Head.Line
	}
	if all.Display != nil {
		lines["display"] = all.Display.Line
	}
	for _, c := range all.Controls {
		lines["control "+c.Name] = c.Line
	}
	for _, b := range all.MuteButtons {
		lines["mute button "+plain(b.Name)] = b.Line
	}
	for name, l := range lines {
		for _, s := range []room.DeviceState{room.DeviceStarting, room.DeviceRunning, room.DeviceFailed} {
			m.gauge("device_state", "How a device is: 1 for the state that it is in.", one(l.State == s), "device", name, "state", string(s))
		}
		m.gauge("device_tries", "How often it was started again since it was lost.", float64(l.Tries), "device", name)
		m.gauge("device_since_seconds", "Since when it is in its state, in Unix time.", float64(l.Since.UnixMilli())/1000, "device", name)
	}
	if d := all.Display; d != nil {
		for _, power := range []string{"unknown", "off", "on", "warming", "cooling"} {
			m.gauge("display_power", "How the display on the wall is: 1 for what it is.", one(d.Power == power), "power", power)
		}
	}
}

func (m sampler) stream(s room.StreamCounters) {
	on := []string{"stream", s.Stream}
	m.counter("frames_captured", "Pictures that the device gave, or packets of 20 ms of sound.", s.Captured, on...)
	m.counter("frames_encoded", "Own frames that came from the capture program.", s.Encoded, on...)
	m.counter("frames_sealed", "Own frames that were encrypted and given to the relay.", s.Sealed, on...)
	m.counter("frames_keyless", "Own frames that were dropped because there was no key yet.", s.Keyless, on...)
	m.counter("frames_opened", "Frames of others that were decrypted.", s.Opened, on...)
	m.counter("frames_withheld", "Frames of others that were decrypted and not shown: they need one that was not.", s.Withheld, on...)
	for reason, n := range map[room.TileReason]uint64{
		room.TileWaitingKey: s.WaitingKey, room.TileWrongKey: s.WrongKey, room.TileReplay: s.Replayed, room.TileNotEncrypted: s.Unencrypted,
	} {
		m.counter("frames_refused", "Frames of others that did not open, by the reason.", n, append(on, "reason", string(reason))...)
	}
}

func (m sampler) relay(r room.RelayCounters) {
	m.counter("relay_frames_sent", "Frames that went to the relay.", r.Sent)
	m.counter("relay_frames_received", "Frames that came whole from the relay.", r.Received)
	m.counter("relay_frames_incomplete", "Frames of which something was missing.", r.Incomplete)
	m.counter("relay_frames_injected", "Frames that the relay made itself, and that were dropped.", r.Injected)
	m.counter("relay_packets_lost", "Packets that never came.", r.PacketsLost)
	m.counter("relay_packets_late", "Packets that came too late.", r.PacketsLate)
	m.counter("relay_keyframe_asks", "Requests to others for a picture that needs no earlier one.", r.KeyframeAsks)
	m.counter("relay_joins", "Connections to a relay.", r.Joins)
	m.counter("relay_resumes", "Connections that were taken up again.", r.Resumes)
}

func (m sampler) screen(s room.ScreenCounters) {
	m.counter("screen_pictures_decoded", "Pictures that the page on the wall decoded since it was loaded.", s.Decoded)
	m.counter("screen_pictures_dropped", "Pictures that it decoded too late.", s.Dropped)
	m.counter("screen_freezes", "Times that a picture stood still.", s.Freezes)
	m.sample(prometheus.CounterValue, "screen_freeze_seconds_total", "For how long pictures stood still.", float64(s.FreezeMS)/1000, nil)
	m.counter("screen_samples", "Samples of sound that it played, at 48 kHz.", s.Samples)
	m.counter("screen_samples_concealed", "Samples that it made up for what did not come.", s.Concealed)
	if s.Apart != nil {
		m.gauge("screen_apart_seconds", "By how much picture and sound are out of step, at worst; positive: the sound is ahead.", float64(*s.Apart)/1000)
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// plain makes a text fit for a label, which must be UTF-8.
func plain(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
