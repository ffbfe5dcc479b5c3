package config_test

import (
	"reflect"
	"strings"
	"testing"

	"greenroom/daemon/config"
	hub "greenroom/provisioning/hub/config"
)

// TestVariablesOfOtherPrograms: greenroomd starts in an environment with the variables of greenroomctl and of
// greenroom-hub, and still reads its own hub.url and hub.ca.
func TestVariablesOfOtherPrograms(t *testing.T) {
	entries := []string{"GREENROOM_SOCKET=/s", "GREENROOM_PASSCODE=246810", "GREENROOM_HUB_URL=https://own", "GREENROOM_HUB_CA=/own.pem"}
	names := hubVariables(reflect.TypeFor[hub.Config](), "GREENROOM_HUB_")
	if len(names) < 10 {
		t.Fatalf("greenroom-hub has only the variables %q", names)
	}
	for _, name := range names {
		entries = append(entries, name+"=x")
	}
	got := load(t, required, entries...)
	if got.Hub.URL != "https://own" || got.Hub.CA != "/own.pem" {
		t.Errorf("the daemon's own variables give %+v", got.Hub)
	}
	for _, name := range []string{"GREENROOM_HUB_ULR", "GREENROOM_SOCKETS", "GREENROOM_HUB_"} {
		_, err := config.Load(write(t, required), environ(name+"=x"))
		if err == nil || !strings.Contains(err.Error(), name+" is not known") {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

// hubVariables lists the variables that greenroom-hub reads: one for each value that is no list.
func hubVariables(of reflect.Type, prefix string) []string {
	var names []string
	for i := range of.NumField() {
		field := of.Field(i)
		name := prefix + strings.ToUpper(field.Tag.Get("mapstructure"))
		switch field.Type.Kind() {
		case reflect.Struct:
			names = append(names, hubVariables(field.Type, name+"_")...)
		case reflect.Slice:
		default:
			names = append(names, name)
		}
	}
	return names
}
