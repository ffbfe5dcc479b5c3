package directory

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
)

// TestGuestPageIsAnAddressThatPeopleCanOpen: a hub names the page relative to its own address, a proxy's prefix included,
// or by another one of https; what else it writes is not put on a wall.
func TestGuestPageIsAnAddressThatPeopleCanOpen(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for hub, pages := range map[string]map[string]string{
		"https://hub.example": {
			"": "", "guest/": "https://hub.example/guest/", "https://meet.example/guest/": "https://meet.example/guest/",
			"http://meet.example/guest/": "", "javascript:alert(1)": "", "guest/#c=1": "", "https://a:b@meet.example/": "",
			"//meet.example/guest/": "https://meet.example/guest/", "\x7f": "", strings.Repeat("a", 300): "",
		},
		"https://proxy.example/greenroom/": {"guest/": "https://proxy.example/greenroom/guest/"},
	} {
		c, err := NewClient(ClientConfig{URL: hub, Signer: key})
		if err != nil {
			t.Fatal(err)
		}
		for reference, want := range pages {
			if got := c.guestPage(reference); got != want {
				t.Errorf("%s names %.40q: %q, want %q", hub, reference, got, want)
			}
		}
	}
}
