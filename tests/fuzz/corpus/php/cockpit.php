<?php
 return [
  'name' => 'posts',
  'fields' => [
    0 => [
      'name' => 'it\'s \\',
      'i18n' => true,
      'opts' => [
      ],
    ],
  ],
  'meta' => NULL,
  '_created' => 1700000000,
];