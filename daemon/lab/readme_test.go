package lab

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestReadmeImages: every image of the README is there.
func TestReadmeImages(t *testing.T) {
	root := must[string](t)(findRoot())
	text := must[[]byte](t)(os.ReadFile(filepath.Join(root, "README.md")))
	images := regexp.MustCompile(`!\[[^\]]*\]\(([^)]+)\)`).FindAllSubmatch(text, -1)
	if len(images) == 0 {
		t.Fatal("the README shows no image")
	}
	for _, image := range images {
		if info, err := os.Stat(filepath.Join(root, string(image[1]))); err != nil || info.Size() == 0 {
			t.Errorf("the README shows %s: %v", image[1], err)
		}
	}
}
