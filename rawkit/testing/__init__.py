"""What pytest knows of captures and labs once rawkit is installed: `plugin` has the fixtures (docs/ci.md)."""
