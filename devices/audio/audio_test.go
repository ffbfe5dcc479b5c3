package audio

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

const (
	cards = ` 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7f10000 irq 31
 1 [Speakerphone   ]: USB-Audio - Jabra SPEAK 510 USB
                      Jabra SPEAK 510 USB at usb-0000:00:14.0-2, full speed
`
	pcm = `00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1
00-03: HDMI 0 : HDMI 0 : playback 1
01-00: USB Audio : USB Audio : playback 1 : capture 1
garbage
xx-yy: odd : odd : capture 1
07-00: no such card : no such card : capture 1
`
)

func TestListGivesWhatCanRecord(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "proc/asound")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"cards": cards, "pcm": pcm} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := List(root)
	want := []Card{
		{Card: 0, Device: 0, ID: "PCH", Label: "HDA Intel PCH"},
		{Card: 1, Device: 0, ID: "Speakerphone", Label: "Jabra SPEAK 510 USB"},
		{Card: 7, Device: 0, ID: "7"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAMachineWithoutSound(t *testing.T) {
	if got, err := List(t.TempDir()); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestNames(t *testing.T) {
	c := Card{Card: 1, Device: 2, ID: "Speakerphone", Label: "Jabra SPEAK 510 USB"}
	want := []string{"hw:1,2", "hw:Speakerphone,2", "hw:CARD=Speakerphone,DEV=2", "Jabra SPEAK 510 USB"}
	if got := c.Names(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if got := c.Node(); got != "/dev/snd/pcmC1D2c" {
		t.Errorf("got %s", got)
	}
	if got := (Card{ID: "7"}).Names(); len(got) != 3 {
		t.Errorf("a card without a label goes by %q", got)
	}
}
