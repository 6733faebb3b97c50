// Package client knows which server to talk to and as whom, and talks to it.
//
// A setting is taken from the flag, else from the environment, else from the file, else from the default. A token in the file belongs to
// the server beside it and is sent to no other.
package client

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultServer is where a server on this machine listens.
const DefaultServer = "localhost:9090"

// Settings are what every command needs.
type Settings struct {
	Path     string // of the file, whether it exists or not
	Named    bool   // the caller named the file
	Missing  bool   // the caller named a file that does not exist
	Server   string // host:port
	Token    string
	Saved    string // the token in the file, if it belongs to the server
	CA       string // PEM file of the roots to trust, the system's if empty
	Insecure bool   // no TLS to a server elsewhere
	Timeout  time.Duration
	Output   string
	Unit     string
	Warnings []string
}

// Keys lists the settings; the flag is the key with -- before it, the variable is the key in capitals with JIEBANG_ before it.
func Keys() []string {
	return []string{"server", "token", "ca", "insecure", "timeout", "output", "unit"}
}

// prefix begins the names of the environment's variables.
const prefix = "JIEBANG_"

// Load reads the settings. Changed has the flags that were given; its key "config" names another file.
func Load(changed map[string]string, getenv func(string) string) (Settings, error) {
	path, named, err := Path(changed["config"], getenv)
	if err != nil {
		return Settings{}, err
	}
	s := Settings{Path: path, Named: named}
	file, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Missing = named
	case err != nil:
		return s, err
	default:
		s.Warnings = check(file, path)
	}
	values := map[string]string{}
	for _, key := range Keys() {
		if values[key], err = scalar(file[key]); err != nil {
			return s, fmt.Errorf("配置文件 %s 的 %s 有误: %w", path, key, err)
		}
	}
	fileServer, fileToken := values["server"], strings.TrimSpace(values["token"])
	for _, key := range Keys() {
		if v := getenv(prefix + strings.ToUpper(key)); v != "" {
			values[key] = v
		}
		if v, given := changed[key]; given {
			values[key] = v
		}
	}
	if err := s.fill(values); err != nil {
		return s, err
	}
	if fileServer == "" || fileServer == s.Server {
		s.Saved = fileToken
	}
	if fileToken != "" && s.Token == fileToken && changed["token"] == "" && fileServer != "" && fileServer != s.Server {
		s.Token = ""
		s.Warnings = append(s.Warnings, fmt.Sprintf("配置文件中的令牌属于 %s,不会发给 %s", fileServer, s.Server))
	}
	return s, nil
}

// read reads the file as it is written: 0123 is no number before somebody wants one.
func read(path string) (map[string]yaml.Node, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("配置文件 %s 读不了: %w", path, err)
	}
	file := map[string]yaml.Node{}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("配置文件 %s 读不了: %w", path, err)
	}
	for key, node := range file {
		if node.Kind == yaml.AliasNode {
			file[key] = *node.Alias
		}
	}
	return file, nil
}

// scalar is a value as it is written; empty where there is none.
func scalar(node yaml.Node) (string, error) {
	switch {
	case node.IsZero() || node.Tag == "!!null":
		return "", nil
	case node.Kind != yaml.ScalarNode:
		return "", errors.New("只能是一个值,不能是列表或下级项")
	}
	return node.Value, nil
}

// fill takes the settings out of their texts.
func (s *Settings) fill(values map[string]string) error {
	s.Server, s.Token, s.CA, s.Output, s.Unit = values["server"], strings.TrimSpace(values["token"]), values["ca"], values["output"], values["unit"]
	if s.Server == "" {
		s.Server = DefaultServer
	}
	switch v := values["insecure"]; v {
	case "true", "1":
		s.Insecure = true
	case "", "false", "0":
	default:
		return fmt.Errorf("insecure 只能是 true 或 false,不能是 %q", v)
	}
	s.Timeout = 30 * time.Second
	if v := values["timeout"]; v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return fmt.Errorf("timeout %q 有误: 请写成 30s 或 2m", v)
		}
		s.Timeout = d
	}
	return nil
}

// Path says where the file is, and whether the caller named it.
func Path(flag string, getenv func(string) string) (path string, named bool, err error) {
	switch {
	case flag != "":
		return flag, true, nil
	case getenv("JIEBANG_CONFIG") != "":
		return getenv("JIEBANG_CONFIG"), true, nil
	case getenv("XDG_CONFIG_HOME") != "":
		return filepath.Join(getenv("XDG_CONFIG_HOME"), "jiebang", "config.yaml"), false, nil
	}
	dir := getenv("HOME")
	if dir != "" {
		return filepath.Join(dir, ".config", "jiebang", "config.yaml"), false, nil
	}
	if dir, err = os.UserConfigDir(); err != nil {
		return "", false, fmt.Errorf("找不到配置目录,请用 --config 指定: %w", err)
	}
	return filepath.Join(dir, "jiebang", "config.yaml"), false, nil
}

// check warns of what is probably a mistake in the file.
func check(file map[string]yaml.Node, path string) (warnings []string) {
	for _, key := range slices.Sorted(maps.Keys(file)) {
		if !slices.Contains(Keys(), key) {
			warnings = append(warnings, fmt.Sprintf("配置文件 %s 有未知的项 %s", path, key))
		}
	}
	token, _ := scalar(file["token"])
	if info, err := os.Stat(path); err == nil && token != "" && info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
		warnings = append(warnings, fmt.Sprintf("配置文件 %s 里有令牌,别人也能读;请运行 chmod 600 %s", path, path))
	}
	return warnings
}

// Save changes settings of the file and keeps the others; an empty value takes one out. The file is readable by its owner only, and is
// replaced as a whole.
func Save(path string, values map[string]string) error {
	file, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		file = map[string]yaml.Node{}
	} else if err != nil {
		return err
	}
	for key, value := range values {
		if file[key] = (yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}); value == "" {
			delete(file, key)
		}
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return replace(path, data)
}

// Values reads the texts of a file that Save wrote.
func Values(path string) (map[string]string, error) {
	file, err := read(path)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, node := range file {
		if values[key], err = scalar(node); err != nil {
			return nil, fmt.Errorf("%s 的 %s 有误: %w", path, key, err)
		}
	}
	return values, nil
}

// replace writes a file beside path and renames it; os.CreateTemp gives it mode 0600.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
