// Package web holds the pages that people see and touch: the room screen and the panel. Their sources are TypeScript
// (Lit, Web Awesome); `npm ci && npm run build` in this folder writes them to dist, which is embedded here.
//
//	screen/   the page of the display on the wall: dist/screen.html
//	panel/    the page of the touch panel: dist/panel.html
//	guest/    the page of people with a browser, which the hub serves: dist-guest
//	shared/   what they use: the State's types, the link to the daemon, strings, icons, the shield, the theme
//	tests/    unit tests, and tests of the built pages in Chromium
//
// The pages are views on the room's State (GET /v1/events) and senders of its Commands (POST /v1/commands); they decide
// nothing by themselves. They need no inline script or style and ask no other host for anything, so they run under
// the content security policy in tests/browser/server.ts.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed all:dist-guest
var guest embed.FS

// Pages returns the built pages: screen.html, panel.html and assets/*. In a tree where `npm run build` has not run
// it holds no page, and opening one gives fs.ErrNotExist.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		// fs.Sub fails only for a name that is no valid path.
		return dist
	}
	return pages
}

// Guest returns the built guest page: guest.html, assets/*, and assets/*.br of the large ones. Without a build it holds
// no page, as Pages says.
func Guest() fs.FS {
	pages, err := fs.Sub(guest, "dist-guest")
	if err != nil {
		return guest
	}
	return pages
}
