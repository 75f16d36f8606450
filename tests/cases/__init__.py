"""The labelled cases as package data: with them ``vestverify conform`` holds an engine against known answers."""
