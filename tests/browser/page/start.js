"use strict";

// What the real pages do as soon as they are opened.
pages.start();
