// Reads a log that ewaste wrote, with Go's own tlog and note packages, and prints what it finds as JSON.
//
// Every tile is authenticated against the root by tlog.TileHashReader, every entry is hashed anew, and
// every proof is made and checked here; the test compares all of it with what Python says.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files struct{ root string }

// c2sp turns Go's tile/<height>/<level>/<index> into tlog-tiles' tile/<level>/<index>.
func (f files) c2sp(t tlog.Tile) string {
	parts := strings.SplitN(t.Path(), "/", 3)
	rest := parts[2]
	if strings.HasPrefix(rest, "data/") {
		rest = "entries/" + strings.TrimPrefix(rest, "data/")
	}
	return filepath.Join(f.root, "tile", rest)
}

func (files) Height() int { return 8 }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := os.ReadFile(f.c2sp(t))
		if os.IsNotExist(err) {
			full := t
			full.W = 256
			if data, err = os.ReadFile(f.c2sp(full)); err == nil {
				data = data[:t.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func (files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f files) entries(size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := min(256, size-n*256)
		data, err := os.ReadFile(f.c2sp(tlog.Tile{H: 8, L: -1, N: n, W: int(width)}))
		must(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func text(proof []tlog.Hash) []string {
	lines := make([]string, len(proof))
	for i, hash := range proof {
		lines[i] = base64.StdEncoding.EncodeToString(hash[:])
	}
	return lines
}

func main() {
	root, key := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(key)
	must(err)
	raw, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	must(err)
	opened, err := note.Open(raw, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := tlog.ParseHash(lines[2])
	must(err)
	tree := tlog.Tree{N: size, Hash: hash}
	reader := tlog.TileHashReader(tree, files{root})
	computed, err := tlog.TreeHash(size, reader)
	must(err)
	inclusion := map[int64][]string{}
	for index, entry := range (files{root}).entries(size) {
		proof, err := tlog.ProveRecord(size, int64(index), reader)
		must(err)
		must(tlog.CheckRecord(proof, size, hash, int64(index), tlog.RecordHash(entry)))
		inclusion[int64(index)] = text(proof)
	}
	consistency := map[int64][]string{}
	for old := int64(1); old <= size; old += 7 {
		proof, err := tlog.ProveTree(size, old, reader)
		must(err)
		oldHash, err := tlog.TreeHash(old, reader)
		must(err)
		must(tlog.CheckTree(proof, size, hash, old, oldHash))
		consistency[old] = text(proof)
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"root": computed.String(), "signers": len(opened.Sigs), "unknown": len(opened.UnverifiedSigs),
		"inclusion": inclusion, "consistency": consistency,
	}))
}
