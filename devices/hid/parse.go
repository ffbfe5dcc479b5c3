package hid

// Items of a descriptor (section 6.2.2): one byte says what it is and how many bytes of data follow.
//
//	 7      4 3    2 1    0
//	+--------+------+------+
//	| tag    | type | size |   size: 0, 1, 2, and 3 for 4 bytes
//	+--------+------+------+
const (
	typeMain, typeGlobal, typeLocal = 0, 1, 2

	itemLong = 0xFE // then come a byte with the size of the data, and one with a tag

	tagInput, tagOutput, tagFeature, tagCollection, tagEndCollection = 0x8, 0x9, 0xB, 0xA, 0xC

	tagUsagePage, tagMin, tagMax, tagSize, tagID, tagCount, tagPush, tagPop = 0x0, 0x1, 0x2, 0x7, 0x8, 0x9, 0xA, 0xB

	tagUsage, tagUsageMin, tagUsageMax, tagDelimiter = 0x0, 0x1, 0x2, 0xA
)

// globals are what holds until it is said otherwise.
type globals struct {
	page        uint32
	min, max    int64
	maxRaw      uint32 // which is what max is where min is not negative
	size, count int
	id          uint8
}

// locals are what holds for the next main item.
type locals struct {
	usages         []local
	min, max       local
	hasMin, hasMax bool
	inSet          bool // of usages that mean the same, of which the first counts
	choices        int  // how many of them there were
}

// local is one usage, or those from first to last. whole is set where they have their page in them; else it is the one that
// holds at the next main item.
type local struct {
	first, last uint32
	whole       bool
}

type parser struct {
	d      *Descriptor
	at     int
	global globals
	stack  []globals
	local  locals
	depth  int // of collections
}

// Parse reads a report descriptor. Errors: ErrMalformed.
func Parse(b []byte) (*Descriptor, error) {
	if len(b) > maxDescriptor {
		return nil, malformed(maxDescriptor, "it has %d bytes, and at most %d are allowed", len(b), maxDescriptor)
	}
	p := parser{d: &Descriptor{bits: map[report]int{}}}
	for p.at < len(b) {
		head := b[p.at]
		length, size := 1, [4]int{0, 1, 2, 4}[head&3]
		if head == itemLong {
			if len(b)-p.at < 3 {
				return nil, malformed(p.at, "a long item is cut off")
			}
			length, size = 3, int(b[p.at+1])
		}
		if len(b)-p.at < length+size {
			return nil, malformed(p.at, "an item is cut off")
		}
		if head != itemLong { // no long item is defined
			if err := p.item(head, b[p.at+length:p.at+length+size]); err != nil {
				return nil, err
			}
		}
		p.at += length + size
	}
	if p.depth != 0 {
		return nil, malformed(p.at, "%d collections do not end", p.depth)
	}
	return p.d, nil
}

// item takes one short item.
func (p *parser) item(head byte, data []byte) error {
	var raw uint32
	for i, b := range data {
		raw |= uint32(b) << (8 * i)
	}
	signed := int64(raw)
	if n := 8 * len(data); n > 0 && raw>>(n-1)&1 == 1 {
		signed -= 1 << n
	}
	switch head >> 2 & 3 {
	case typeMain:
		err := p.main(head>>4, raw)
		p.local = locals{}
		return err
	case typeGlobal:
		return p.globalItem(head>>4, raw, signed)
	case typeLocal:
		p.localItem(head>>4, raw, len(data) == 4)
	}
	return nil // a reserved type
}

func (p *parser) main(tag byte, raw uint32) error {
	switch tag {
	case tagCollection:
		p.depth++
	case tagEndCollection:
		if p.depth--; p.depth < 0 {
			return malformed(p.at, "a collection ends that did not begin")
		}
	case tagInput:
		return p.field(Input, Flags(raw))
	case tagOutput:
		return p.field(Output, Flags(raw))
	case tagFeature:
		return p.field(Feature, Flags(raw))
	}
	return nil
}

// field adds a field at the end of its report.
func (p *parser) field(kind Kind, flags Flags) error {
	r := report{kind, p.global.id}
	begin := p.d.bits[r]
	length := p.global.size * p.global.count // both are bounded
	if begin+length > maxReportBits {
		return malformed(p.at, "a report has more than %d bits", maxReportBits)
	}
	p.d.bits[r] = begin + length
	if flags&Constant != 0 || length == 0 || len(p.local.usages) == 0 {
		return nil
	}
	f := Field{
		Kind: kind, Report: p.global.id, Bit: begin, Size: p.global.size, Count: p.global.count, Flags: flags,
		Min: p.global.min, Max: p.global.max,
	}
	if f.Min >= 0 {
		f.Max = int64(p.global.maxRaw) // unsigned then, whatever its highest bit
	}
	for _, l := range p.local.usages {
		if !l.whole {
			l.first, l.last = p.global.page<<16|l.first&0xFFFF, p.global.page<<16|l.last&0xFFFF
		}
		if l.first <= l.last && l.first>>16 == l.last>>16 {
			f.usages = append(f.usages, span{Usage(l.first), Usage(l.last)})
		}
	}
	p.d.Fields = append(p.d.Fields, f)
	return nil
}

func (p *parser) globalItem(tag byte, raw uint32, signed int64) error {
	g := &p.global
	switch tag {
	case tagUsagePage:
		g.page = raw & 0xFFFF
	case tagMin:
		g.min = signed
	case tagMax:
		g.max, g.maxRaw = signed, raw
	case tagSize:
		if raw > maxSize {
			return malformed(p.at, "a control has %d bits", raw)
		}
		g.size = int(raw)
	case tagCount:
		if raw > maxReportBits {
			return malformed(p.at, "a field has %d controls", raw)
		}
		g.count = int(raw)
	case tagID:
		if raw == 0 || raw > 255 {
			return malformed(p.at, "there is no report with the ID %d", raw)
		}
		g.id, p.d.Numbered = uint8(raw), true
	case tagPush:
		if len(p.stack) >= maxStack {
			return malformed(p.at, "more than %d states are kept", maxStack)
		}
		p.stack = append(p.stack, *g)
	case tagPop:
		if len(p.stack) == 0 {
			return malformed(p.at, "a state is taken back that was not kept")
		}
		*g, p.stack = p.stack[len(p.stack)-1], p.stack[:len(p.stack)-1]
	}
	return nil
}

// localItem takes what is said of the next field. A usage of four bytes has its page in it.
func (p *parser) localItem(tag byte, raw uint32, whole bool) {
	l := &p.local
	switch tag {
	case tagDelimiter:
		l.inSet, l.choices = raw == 1, 0
	case tagUsage:
		if l.choices++; !l.inSet || l.choices == 1 {
			l.usages = append(l.usages, local{raw, raw, whole})
		}
	case tagUsageMin:
		l.min, l.hasMin = local{first: raw, whole: whole}, true
	case tagUsageMax:
		l.max, l.hasMax = local{last: raw, whole: whole}, true
	}
	if l.hasMin && l.hasMax {
		l.usages = append(l.usages, local{l.min.first, l.max.last, l.min.whole && l.max.whole})
		l.hasMin, l.hasMax = false, false
	}
}
