// Checks a folder of `quittance ledger export` with an implementation that is not ours: Go's x/mod/sumdb.
//
//	interop FOLDER VERIFIER-KEY
//
// The note's signature, every entry's inclusion, the tiles, and the consistency with every earlier note.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// folder reads tiles as C2SP tlog-tiles names them: without the height that Go's paths have.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		bytes, err := os.ReadFile(filepath.Join(string(f), strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// tree opens a signed note and reads the tree in it.
func tree(bytes []byte, verifiers note.Verifiers) tlog.Tree {
	opened, err := note.Open(bytes, verifiers)
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		log.Fatalf("a note of %d lines", len(lines))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	hash, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: hash}
}

// entries reads the entry bundles in order.
func entries(dir string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: -1, N: n, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(dir, path))
		check(err)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle)) + 2
			all = append(all, bundle[2:length])
			bundle = bundle[length:]
		}
	}
	return all
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: interop FOLDER VERIFIER-KEY")
	}
	dir := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	verifiers := note.VerifierList(verifier)
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	check(err)
	head := tree(signed, verifiers)
	reader := tlog.TileHashReader(head, folder(dir))

	all := entries(dir, head.N)
	if int64(len(all)) != head.N {
		log.Fatalf("%d entries, the checkpoint says %d", len(all), head.N)
	}
	for index, entry := range all {
		proof, err := tlog.ProveRecord(head.N, int64(index), reader)
		check(err)
		check(tlog.CheckRecord(proof, head.N, head.Hash, int64(index), tlog.RecordHash(entry)))
	}
	notes, err := filepath.Glob(filepath.Join(dir, "kept", "checkpoints", "*"))
	check(err)
	for _, path := range notes {
		bytes, err := os.ReadFile(path)
		check(err)
		old := tree(bytes, verifiers)
		proof, err := tlog.ProveTree(head.N, old.N, reader)
		check(err)
		check(tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash))
	}
	fmt.Printf("%d entries included, %d earlier checkpoints consistent\n", len(all), len(notes))
}
