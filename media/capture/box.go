package capture

import (
	"fmt"
	"image"
	"sync"
	"time"

	"greenroom/media/capture/y4m"
)

// picture is a 4:2:0 picture and when it was taken.
type picture struct {
	img image.YCbCr
	at  time.Time
}

// box holds the newest picture of a source. feed puts pictures in, at the source's pace; Read takes the newest out, at
// the encoder's. Three buffers go round: one that is filled, one that is ready, one that is encoded.
type box struct {
	mu    sync.Mutex
	ready *picture
	spare []*picture
	err   error // why there are no more pictures
	more  chan struct{}

	held  *picture // what Read gave last
	taken picture  // the same, for the reader's goroutine
}

func newBox() *box {
	return &box{spare: []*picture{{}, {}, {}}, more: make(chan struct{}, 1)}
}

// feed fills the box until read fails.
func (b *box) feed(read func(*image.YCbCr) (time.Time, error)) {
	for {
		p := b.blank()
		at, err := read(&p.img)
		p.at = at
		b.put(p, err)
		if err != nil {
			return
		}
	}
}

func (b *box) blank() *picture {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.spare) - 1
	p := b.spare[last]
	b.spare = b.spare[:last]
	return p
}

// put makes p the newest picture, or err the end of all pictures.
func (b *box) put(p *picture, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		p, b.err = nil, err
	}
	if b.ready != nil {
		b.spare = append(b.spare, b.ready)
	}
	b.ready = p
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// Read waits for the next picture; it is a mediadevices video.Reader. The picture is valid until the next Read:
// mediadevices' converters do not pass releases on, so there is nothing to release. The error is why feed ended.
func (b *box) Read() (image.Image, func(), error) {
	for {
		p, err := b.take()
		if err != nil {
			return nil, func() {}, err
		}
		if p != nil {
			b.taken = *p
			return &p.img, func() {}, nil
		}
		<-b.more
	}
}

// take gives back the picture that was taken before, and returns the newest one, if it is ready.
func (b *box) take() (*picture, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held != nil {
		b.spare = append(b.spare, b.held)
	}
	b.held, b.ready = b.ready, nil
	return b.held, b.err
}

// copyPicture copies a 4:2:0 picture, which may have gaps between its lines, into dst.
func copyPicture(dst, src *image.YCbCr) error {
	width, height := src.Rect.Dx(), src.Rect.Dy()
	if src.SubsampleRatio != image.YCbCrSubsampleRatio420 || width < 1 || height < 1 {
		return fmt.Errorf("a picture of %dx%d (%v)", width, height, src.SubsampleRatio)
	}
	y4m.Resize(dst, width, height)
	copyPlane(dst.Y, dst.YStride, src.Y, src.YStride)
	copyPlane(dst.Cb, dst.CStride, src.Cb, src.CStride)
	copyPlane(dst.Cr, dst.CStride, src.Cr, src.CStride)
	return nil
}

// copyPlane copies lines of width bytes without gaps from lines that are stride bytes apart.
func copyPlane(dst []byte, width int, src []byte, stride int) {
	if width == stride {
		copy(dst, src)
		return
	}
	for len(dst) >= width && len(src) >= width {
		copy(dst[:width], src)
		dst, src = dst[width:], src[min(stride, len(src)):]
	}
}
