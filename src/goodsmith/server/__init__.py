"""Pages and JSON for people in a browser: from an uploaded sheet to a released lot. `app.create_app` makes it."""
