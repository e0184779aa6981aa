{ 'includes': ['native/addon.gypi'] }
