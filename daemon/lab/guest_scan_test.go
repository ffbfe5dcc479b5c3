package lab

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"greenroom/daemon/room"
)

// TestGuestScansTheWall: the QR code in a screenshot of the room's screen, read as a phone reads it, opens the guest page,
// which compares the code by itself once it is in; with another code of the same leader in it, it leaves at once; and with
// another leader's, nothing goes out, nothing is verified, and people are asked to compare.
func TestGuestScansTheWall(t *testing.T) {
	ctx, l := newLabFor(t, 2*patience, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)
	screen := openScreen(t, ctx, b, aspen)
	wall := must[string](t)(screen.Code(ctx))
	picture := filepath.Join(shots(t), "screen-qr.png")
	shoot(t, ctx, screen.Page, picture)
	link := readQR(t, picture)
	leads := personOf(t, await(t, ctx, aspen, "itself", alone), "Aspen")[:8]
	if want := fmt.Sprintf("%s/guest/#n=%s&c=%s&l=%s", l.Hub.URL, join.Number, wall, leads); link != want {
		t.Fatalf("the QR code says %s, want %s", link, want)
	}

	g := scans(t, ctx, b, link, join.Passcode, "Mika")
	admit(t, ctx, aspen, "Mika")
	look(t, ctx, g.Page, says(testID("scan-matches"), "all 40 digits are the same"))
	look(t, ctx, g.Page, shields(room.ShieldVerified))
	await(t, ctx, aspen, "that the guest's code matches", func(s room.State) bool {
		return s.Meeting != nil && comparedBy(s, "Mika") == room.Matches
	})
	shoot(t, ctx, g.Page, filepath.Join(shots(t), "guest-scanned-390.png"))
	g.Close()

	last := wall[len(wall)-1]
	other := wall[:len(wall)-1] + string('0'+(last-'0'+1)%10)
	forged := strings.Replace(link, wall, other, 1)
	g = scans(t, ctx, b, forged, join.Passcode, "Noor")
	told := awaiting(ctx, aspen, "that the codes differ", func(s room.State) bool {
		return s.Meeting != nil && comparedBy(s, "Noor") == room.Differs
	})
	admit(t, ctx, aspen, "Noor")
	look(t, ctx, g.Page, over("mismatch"))
	look(t, ctx, g.Page, says(testID("over"), "Tell the others by phone"))
	found(t, told)
	g.Close()

	// The code of a leader who is not the one that leads here.
	g = scans(t, ctx, b, strings.Replace(forged, leads, strings.Repeat("0f", 4), 1), join.Passcode, "Sam")
	admit(t, ctx, aspen, "Sam")
	look(t, ctx, g.Page, says(testID("scan-other"), "another leader"))
	look(t, ctx, g.Page, shields(room.ShieldE2EE)+` && greenroomGuest.session.muted && greenroomGuest.session.cameraOff`)
	shoot(t, ctx, g.Page, filepath.Join(shots(t), "guest-scan-other-390.png"))
	press(t, ctx, g.Page, testID("compare"))
	for range 8 {
		press(t, ctx, g.Page, testID("same"))
	}
	look(t, ctx, g.Page, shields(room.ShieldVerified)+" && "+gone(testID("scan-other")))
	await(t, ctx, aspen, "that the code of the third guest matches", func(s room.State) bool {
		return s.Meeting != nil && comparedBy(s, "Sam") == room.Matches
	})
}

// scans opens what a QR code says on a phone, and joins from there.
func scans(t *testing.T, ctx context.Context, b *Browser, link, passcode, name string) Guest {
	t.Helper()
	g := must[Guest](t)(b.OpenGuest(ctx, link, 390, 844))
	expectQuiet(t, g.Page, name+"'s page")
	look(t, ctx, g.Page, says(testID("scanned"), "compares it with its own"))
	if _, err := Eval[bool](ctx, g.Page, fmt.Sprintf(`lab.one(%q).value = %q, true`, testID("passcode"), passcode)); err != nil {
		t.Fatal(err)
	}
	if err := g.Join(ctx, name); err != nil {
		t.Fatal(err)
	}
	return g
}

// admit lets in whoever waits under a name.
func admit(t *testing.T, ctx context.Context, r *Room, name string) {
	t.Helper()
	s := await(t, ctx, r, name+" at the door", waits(name))
	do(t, ctx, r, room.Command{Do: room.CommandAdmit, Person: s.Meeting.Waiting[0].ID})
}

// readQR reads the one QR code in a picture.
func readQR(t *testing.T, path string) string {
	t.Helper()
	file := must[*os.File](t)(os.Open(path))
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("no QR code was read in %s: %v", path, err)
	}
	return read.GetText()
}
