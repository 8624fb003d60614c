// Package app holds the built pages (npm run build puts them into dist). Without a
// build dist is empty but for its mark, and the server says so.
package app

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the folder with index.html.
func Dist() (fs.FS, error) { return fs.Sub(dist, "dist") }
